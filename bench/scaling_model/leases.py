"""Budget leases over many replicas, simulated: one budget in a store, replicas that spend from slices of it.

The rule. A replica sets a request's worst case aside from its own slice, in memory, and gives back what the request
did not need when it is over. When less than half of a slice is left it asks the store for another one, meanwhile it
goes on; a request that does not fit into what is left waits for the answer of a round trip that is under way or begun
for it, and is refused when the store has nothing, which the replica then believes for a tenth of a second. Slices
shrink with what is left of the budget: at most free / (2 x replicas), so that the end of a budget is not stranded in
slices. Every half of a lease's time a replica renews it and gives back what it would not need at its present pace.
The lease of a replica that died returns when it ends; what its requests had set aside counts as spent, since nobody
knows.

Money is whole nano-dollars, time is an argument, the seed decides everything. At any time holds: spent + set aside +
in slices + free = budget, and free >= 0; the simulation stops with an error where it does not.
"""
import dataclasses
import heapq
import itertools
import random

MEAN_COST = 2_000_000  # nano-dollars of a request
WORST_OF = 4  # a worst case is up to so many times what it will cost
REQUEST_SECONDS = 0.5
LEASE_SECONDS = 10.0
EMPTY_SECONDS = 0.1  # how long a replica believes that the store has nothing
CHECK_EVERY = 64  # events between two looks at the whole sum


@dataclasses.dataclass
class Setup:
    replicas: int
    slice_requests: int  # of the mean worst case
    per_second: float  # requests of this budget, over all replicas
    budget_requests: int = 20_000  # of the mean cost
    skew: float = 0.0  # Zipf exponent of the replicas' shares
    shrink: bool = True
    kill: bool = False  # one replica, half way
    round_trip: float = 0.002
    seed: int = 1


class Replica:
    def __init__(self):
        self.slice = 0
        self.size = None  # of a whole slice, when the store last gave one
        self.asked = False
        self.waiting = []  # worst case and cost of requests that wait for the store
        self.used = 0  # set aside since the last renewal
        self.set_aside = 0
        self.alive = True
        self.empty_until = 0.0


class Simulation:
    def __init__(self, setup):
        self.setup = setup
        self.rng = random.Random(setup.seed)
        self.budget = setup.budget_requests * MEAN_COST
        self.full_slice = int(setup.slice_requests * MEAN_COST * (1 + WORST_OF) / 2)
        self.free, self.spent = self.budget, 0
        self.replicas = [Replica() for _ in range(setup.replicas)]
        self.order, self.events = itertools.count(), []
        self.requests = self.admitted = self.waited = self.refused = self.refused_fitting = self.trips = 0
        self.most_idle = 0
        self.before = None  # requests and round trips until the first refusal

    # ---- events

    def at(self, time, what, *arguments):
        heapq.heappush(self.events, (time, next(self.order), what, arguments))

    def run(self):
        weights = [1 / (rank + 1) ** self.setup.skew for rank in range(self.setup.replicas)]
        total = int(self.setup.budget_requests * 1.15)
        time = 0.0
        for replica, chosen in enumerate(self.replicas):
            self.at(LEASE_SECONDS / 2 * (replica + 1) / self.setup.replicas, self.renew, chosen)
        chosen = self.rng.choices(self.replicas, weights, k=total)
        self.arrivals = iter(chosen)
        self.left = total
        self.killed_at = total // 2 if self.setup.kill else -1
        self.at(0.0, self.arrive)
        for number in itertools.count():
            if not self.left and not self.open():
                break
            time, _, what, arguments = heapq.heappop(self.events)
            what(time, *arguments)
            if number % CHECK_EVERY == 0:
                self.check()
        self.check()
        return self

    def open(self):
        return any(one.set_aside or one.waiting for one in self.replicas if one.alive)

    def check(self):
        """The promise."""
        total = self.free + self.spent + sum(one.slice + one.set_aside for one in self.replicas)
        if total != self.budget or self.free < 0 or self.spent > self.budget:
            raise AssertionError(f"{total} of {self.budget} accounted for, {self.free} free, {self.spent} spent")

    def idle(self):
        return sum(one.slice for one in self.replicas)

    def arrive(self, time):
        if not self.left:
            return
        self.left -= 1
        replica = next(self.arrivals)
        if self.left == self.killed_at:
            self.kill(time, max(self.replicas, key=lambda one: one.slice))
        self.at(time + self.rng.expovariate(self.setup.per_second), self.arrive)
        if not replica.alive:  # the balancer sends it elsewhere
            replica = next(one for one in self.replicas if one.alive)
        self.requests += 1
        cost = int(MEAN_COST * self.rng.uniform(0.2, 1.8))
        self.ask_for(time, replica, int(cost * self.rng.uniform(1, WORST_OF)), cost)

    def ask_for(self, time, replica, worst, cost):
        if replica.slice >= worst and not replica.waiting:
            self.admit(time, replica, worst, cost)
        elif time < replica.empty_until:
            self.refuse(worst)
        else:
            self.waited += 1
            replica.waiting.append((worst, cost))
        if replica.waiting or replica.size is None or replica.slice * 2 < replica.size:
            self.ask_store(time, replica)

    def admit(self, time, replica, worst, cost):
        replica.slice -= worst
        replica.set_aside += worst
        replica.used += worst
        self.admitted += 1
        self.at(time + REQUEST_SECONDS, self.settle, replica, worst, cost)

    def settle(self, time, replica, worst, cost):
        if not replica.alive:
            return  # what was set aside was charged when its replica's lease ended
        replica.set_aside -= worst
        replica.slice += worst - cost
        self.spent += cost

    def ask_store(self, time, replica):
        if replica.asked or not replica.alive or time < replica.empty_until:
            return
        replica.asked = True
        self.trips += 1
        self.at(time + self.setup.round_trip, self.answer, replica)

    def answer(self, time, replica):
        replica.asked = False
        if not replica.alive:
            return
        need = sum(worst for worst, _ in replica.waiting)
        most = self.full_slice
        if self.setup.shrink:
            most = min(most, self.free // (2 * self.setup.replicas))
        wanted = max(most, min(need, self.free)) - (replica.slice if not need else 0)
        granted = max(0, min(self.free, wanted))
        replica.size = most
        if granted < need - replica.slice or self.free == granted:
            replica.empty_until = time + EMPTY_SECONDS
        self.free -= granted
        replica.slice += granted
        self.most_idle = max(self.most_idle, self.idle())
        waiting, replica.waiting = replica.waiting, []
        for worst, cost in waiting:
            if replica.slice >= worst:
                self.admit(time, replica, worst, cost)
            else:
                self.refuse(worst)

    def refuse(self, worst):
        if not self.refused:
            self.before = (self.requests, self.trips, self.waited)
        self.refused += 1
        self.refused_fitting += self.free + self.idle() >= worst

    def renew(self, time, replica):
        if not replica.alive:
            return
        self.trips += 1
        spare = max(0, replica.slice - min(replica.size or 0, 2 * replica.used))
        replica.slice -= spare
        self.free += spare
        replica.used = 0
        self.at(time + LEASE_SECONDS / 2, self.renew, replica)

    def kill(self, time, replica):
        replica.alive = False
        replica.waiting = []
        self.at(time + LEASE_SECONDS, self.expire, replica)

    def expire(self, time, replica):
        self.free += replica.slice
        self.spent += replica.set_aside
        replica.slice = replica.set_aside = 0

    def figures(self):
        setup = self.setup
        requests, trips, waited = self.before or (self.requests, self.trips, self.waited)
        return {
            "replicas": setup.replicas, "slice_requests": setup.slice_requests, "per_second": setup.per_second,
            "skew": setup.skew, "shrink": setup.shrink, "kill": setup.kill,
            # Until the first refusal.
            "round_trips_per_1000": round(1000 * trips / requests, 1),
            "waited_percent": round(100 * waited / requests, 2),
            "first_refusal_at_percent": round(100 * requests / setup.budget_requests, 2),
            # Over-reservation: the most that lay in slices and was set aside for no request.
            "most_idle_percent": round(100 * self.most_idle / self.budget, 2),
            "refused_percent": round(100 * self.refused / self.requests, 2),
            # What would have fitted into free and idle money together.
            "refused_fitting_percent": round(100 * self.refused_fitting / self.requests, 2),
            "spent_percent": round(100 * self.spent / self.budget, 2),
        }


def simulate(setup):
    return Simulation(setup).run().figures()


def simulate_alone(setup):
    """The same requests at one replica that holds the whole budget: what no leases can better."""
    return simulate(dataclasses.replace(setup, replicas=1, slice_requests=2 * setup.budget_requests, shrink=False,
                                        kill=False, skew=0.0))
