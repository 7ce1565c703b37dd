"""Speed, measured against a floor in the same run; `make bench` prints it."""
