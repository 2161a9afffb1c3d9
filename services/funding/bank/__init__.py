"""What passes between funding and a bank: payment files out, the bank's answers in. Other adapters may stand beside."""
