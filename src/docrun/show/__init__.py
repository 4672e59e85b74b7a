"""What readers get: the HTML of outputs, downloads, notebooks."""
