raise ImportError("Only the yardsticks and the tests have it.")
