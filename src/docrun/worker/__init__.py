"""The programs' processes: a server that has imported the slow libraries, and one child per program."""
