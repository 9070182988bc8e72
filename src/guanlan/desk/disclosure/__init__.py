"""What the public sees, and what it tells the body: report channels, receipts, answers (F-DISC-7)."""
