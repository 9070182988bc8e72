"""Paper and figures: the daily brief, made, edited, issued, in Word and PDF."""
