"""Small edges of the site: labs, tables that scroll, a lighter copy of each page for search."""
