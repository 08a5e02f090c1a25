"""An independent model of budgets: a random tree of owners, what a request may cost at most, and a checker that goes over
the whole history of what clients saw.

It shares nothing with the gateway: prices are whole nano-dollars a token, and what was charged is added up from what the
provider said it used. Times are of one clock for clients, gateway and provider.
"""

import bisect
import itertools
import math
import random
from dataclasses import dataclass

# Dollars per million tokens: input, output.
PRICES = {"small": (0.5, 2), "large": (3, 15)}
SIDES = ("tokens", "nanos")


def worst_case(model, prompt, most):
    """The most tokens and nano-dollars of a prompt of so many tokens and an answer of at most `most`."""
    dear_in, dear_out = PRICES[model]
    # Six parts of a bill may each be rounded up by half a nano-dollar.
    return {"tokens": prompt + most, "nanos": round((prompt * dear_in + most * dear_out) * 1000) + 3}


def cost(model, prompt, answer):
    dear_in, dear_out = PRICES[model]
    return {"tokens": prompt + answer, "nanos": round((prompt * dear_in + answer * dear_out) * 1000)}


class Tree:
    """Owners, keys and end users of one seed. `limits`: node -> [(period, side, amount)]; a node is an owner's path, a
    key's name, or "key#user"."""

    def __init__(self, seed, requests, periods):
        self.random = random.Random(seed)
        self.periods = periods
        self.limits, self.keys, self.end_users = {}, {}, {}
        # What an average request costs times how many there are: budgets are some part of that.
        self.share = requests * 350
        self.owners = []
        for organisation in ("acme", "zeta")[:self.random.choice((1, 2, 2))]:
            self.add_owner(organisation, 1)
            for team in ("red", "blue", "green")[:self.random.randint(1, 3)]:
                path = self.add_owner(f"{organisation}/{team}", 3)
                if self.random.random() < 0.4:
                    self.end_users[path] = self.some_limits(12)
                for number in range(self.random.randint(1, 2)):
                    name = path.replace("/", "-") + f"-{number}"
                    self.keys[name] = path
                    if self.random.random() < 0.5:
                        self.limits[name] = self.some_limits(5)

    def add_owner(self, path, parts):
        self.owners.append(path)
        if self.random.random() < 0.75:
            self.limits[path] = self.some_limits(parts)
        return path

    def some_limits(self, parts):
        """A budget or two, each a share of all traffic that may or may not be enough."""
        out = []
        for period in self.random.sample(self.periods, self.random.randint(1, min(2, len(self.periods)))):
            share = self.share / parts * self.random.uniform(0.2, 1.3)
            if self.random.random() < 0.7:
                out.append((period, "tokens", int(share)))
            if self.random.random() < 0.6 or not out:
                out.append((period, "nanos", int(share * 4000)))
        return out

    def configuration(self):
        owners = {path: {"budgets": budgets_of(self.limits.get(path, []))} for path in self.owners}
        for path, limits in self.end_users.items():
            owners[path]["end_users"] = {"budgets": budgets_of(limits)}
        return {name: {key: value for key, value in owner.items() if value} for name, owner in owners.items()}

    def key_options(self, name):
        options = []
        for period, side, amount in self.limits.get(name, []):
            if side == "nanos":
                options += ["--budget", f"{period}={dollars(amount)}"]
            else:
                options += ["--tokens-in-total" if period == "total" else f"--tokens-per-{period}", str(amount)]
        return options

    def path(self, key, user):
        """The nodes that a request is charged to, with their limits."""
        owner = self.keys[key]
        nodes = [(name, self.limits.get(name, [])) for name in (owner.split("/")[0], owner, key)]
        if user and owner in self.end_users:
            nodes.append((f"{key}#{user}", self.end_users[owner]))
        return [(name, limits) for name, limits in nodes if limits]


def budgets_of(limits):
    by_period = {}
    for period, side, amount in limits:
        one = by_period.setdefault(period, {"period": period})
        one["tokens" if side == "tokens" else "money"] = amount if side == "tokens" else float(dollars(amount))
    return list(by_period.values())


def dollars(amount):
    return f"{amount // 10**9}.{amount % 10**9:09}"


@dataclass
class Operation:
    """One request as its client saw it, and what the ledger says of it. Times are seconds of the wall clock."""
    marker: str
    key: str
    user: str
    model: str
    most: int  # max_tokens
    begin: float = 0
    end: float = math.inf
    outcome: str = "open"  # "ok", "failed", "refused", "unknown"
    entry: dict | None = None
    settled_at: float = math.inf  # when the ledger says that it ended, or when the gateway died
    charged: dict | None = None  # by side; None: nothing is in the ledger
    bound: dict | None = None  # the most that it may cost

    def worst(self):
        return worst_case(self.model, self.entry["bill"]["prompt_tokens"], self.most)


class Account:
    """What could have been set aside or charged in one node, as a function of time, from above."""

    def __init__(self, operations):
        # From its beginning a request may hold its worst case; after it was settled, it holds what it was charged.
        self.begins = sorted((one.begin, index) for index, one in enumerate(operations))
        self.operations = operations
        self.settled = sorted((one.settled_at, index) for index, one in enumerate(operations))
        self.settled_times = [at for at, _ in self.settled]
        self.begin_times = [at for at, _ in self.begins]
        self.sums = {}
        for side in SIDES:
            charged = list(itertools.accumulate(self.charge(operations[index], side) for _, index in self.settled))
            worst = list(itertools.accumulate(self.held(operations[index], side) for _, index in self.begins))
            freed = list(itertools.accumulate(self.held(operations[index], side) for _, index in self.settled))
            self.sums[side] = (charged, worst, freed)

    @staticmethod
    def charge(operation, side):
        return operation.charged[side] if operation.charged else 0

    @staticmethod
    def held(operation, side):
        return 0 if operation.outcome == "refused" else operation.bound[side]

    def most(self, side, since, until):
        """The most that spent and reserved can have come to at any instant of [since, until]: what was charged by all
        that had ended, and the worst case of all that were under way meanwhile."""
        charged, worst, freed = self.sums[side]
        ended = bisect.bisect_left(self.settled_times, since)
        begun = bisect.bisect_right(self.begin_times, until)
        under_way = (worst[begun - 1] if begun else 0) - (freed[ended - 1] if ended else 0)
        return (charged[ended - 1] if ended else 0) + under_way


class Checker:
    """Looks for what must not be: `faults` says what was found."""

    def __init__(self, tree, operations):
        self.tree = tree
        self.faults = []
        self.by_node = {}
        for one in operations:
            one.bound = one.worst() if one.entry else worst_case(one.model, 400, one.most)
            for name, _ in tree.path(one.key, one.user):
                self.by_node.setdefault(name, []).append(one)
        self.limits = {name: limits for one in operations for name, limits in tree.path(one.key, one.user)}
        self.operations = operations

    def spent(self, name, side):
        return sum(one.charged[side] for one in self.by_node.get(name, []) if one.charged)

    def no_budget_is_exceeded(self):
        for name, limits in self.limits.items():
            for period, side, amount in limits:
                if self.spent(name, side) > amount:
                    self.faults.append(f"{name}: {self.spent(name, side)} {side} charged, {amount} in a {period}")

    def providers_charged_no_more(self, served, dead):
        """What the providers served beyond the budget is at most what was under way when the gateway died. `served`: by
        marker, what the provider counted; `dead`: the requests that no entry was left of."""
        for name, limits in self.limits.items():
            for _, side, amount in limits:
                real = sum(served[one.marker][side] for one in self.by_node[name] if one.marker in served)
                open_then = sum(one.bound[side] for one in self.by_node[name] if one.marker in dead)
                if real > amount + open_then:
                    self.faults.append(f"{name}: {real} {side} served, {amount} allowed and {open_then} lost with a process")

    def every_refusal_was_needed(self):
        """For each refused request some budget on its way may have had no room, at some instant while it was asked."""
        accounts = {name: Account(operations) for name, operations in self.by_node.items()}
        for one in self.operations:
            if one.outcome != "refused":
                continue
            limits = [(name, side, amount) for name, of in self.tree.path(one.key, one.user) for _, side, amount in of]
            if all(accounts[name].most(side, one.begin, one.end) + one.bound[side] <= amount
                   for name, side, amount in limits):
                self.faults.append(f"{one.marker} of {one.key}#{one.user} was refused, and it fitted: {one.bound}")

    def rest(self, key, user):
        """What is left on the way of a key when nothing is under way, by side; None where nothing limits it."""
        out = {}
        for side in SIDES:
            rests = [amount - self.spent(name, side) for name, limits in self.tree.path(key, user)
                     for _, of, amount in limits if of == side]
            out[side] = min(rests) if rests else None
        return out
