"""What the tests stand on: real brokers, real fleets, and ways to wait for facts."""
