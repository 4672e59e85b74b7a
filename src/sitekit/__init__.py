"""Small edges of the site: labs, tables for every screen, names for outputs, a lighter copy of each page for search."""
