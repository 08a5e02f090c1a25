"""Promise P13: budgets hold, whoever asks and whatever dies. Tried elsewhere."""

import promise


def measure(_):
    raise promise.Skip("several replicas are not tried by this command; one process with kill -9: ctest -R e2e.budget_history")


if __name__ == "__main__":
    promise.main("P13", "budgets hold with several replicas", measure)
