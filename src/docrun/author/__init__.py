"""What authors write: pages, the programs they embed, and the rules that both keep."""
