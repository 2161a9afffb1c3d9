"""The figures of a service: what each means, what is counted as events pass, what is read when asked."""
