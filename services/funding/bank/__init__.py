"""What passes between funding and a bank: payment files out, answers in. Other adapters may stand beside."""
