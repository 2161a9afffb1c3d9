"""What banks answer to payment files, read into lines of the contract: by the command, and by the pages."""
