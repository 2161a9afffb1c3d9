"""What eligibility asks its database about reviews."""
