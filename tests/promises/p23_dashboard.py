"""Promise P23: the dashboard shows logged prompts as text. Tried in a browser."""

import promise


def measure(_):
    raise promise.Skip("tried in a browser by ctest -R e2e.web_program and e2e.web_browser")


if __name__ == "__main__":
    promise.main("P23", "the dashboard is safe against logged prompts", measure)
