"""The build's own process: looks records up, asks the server for what is missing, says what is wrong."""
