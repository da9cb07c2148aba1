"""What answers on the port: Daphne, with caps on whatever comes in and goes out, and an end within seconds."""
