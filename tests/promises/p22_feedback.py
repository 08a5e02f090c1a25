"""Promise P22: feedback cannot poison the router. Tried by the learning loop's own benchmark."""

import promise


def measure(_):
    raise promise.Skip("measured by ./dev bench learning; figures in docs/how-learning-works.md")


if __name__ == "__main__":
    promise.main("P22", "feedback cannot poison the router", measure)
