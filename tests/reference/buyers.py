"""Orders, the slow way: every buyer is asked every night, one by one."""

import numpy as np

from sim.kernels import draws, ordering

FLOAT = np.float32


class Buyers:
    """All who could buy among ROWS watched rows (accounts row * PANEL); `ordered` rows; first, last by messenger."""

    def __init__(self, rules: ordering.Orders, luck: np.uint64, people: np.uint64, panel: int, rows: int):
        self.rules = rules
        gate = int(min(rules.buyers, 1.0 - 2.0**-53) * 2.0**64)
        who = [row for row in range(rows) if int(draws.bits(people, row * panel)) < gate]
        self.threshold = {
            row: -draws.ln(draws.uniform(np.uint64(draws.bits(luck, row * panel)))) for row in who
        }  # fmt: skip
        self.stock = dict.fromkeys(who, FLOAT(0.0))
        self.hazard = dict.fromkeys(who, FLOAT(0.0))
        self.seen = dict.fromkeys(who, 0)
        self.ordered: list[int] = []
        self.first, self.last = [0] * 7, [0] * 7

    def night(
        self, days: float, decay: float, discount: float, trust: float, watch: np.ndarray, attitude: np.ndarray
    ) -> int:
        """One night of DAYS days; returns the orders placed. WATCH (`ledger.WATCH`) and attitude float32, per row."""
        rules, before = self.rules, len(self.ordered)
        for row in self.threshold:
            if row in self.ordered:
                continue
            times = int(watch["times"][row])
            if times:
                self.stock[row] = FLOAT(self.stock[row] * decay)
                for k in range(self.seen[row], min(times, self.seen[row] + 20)):
                    weight = 1.0 if k < 3 else draws.exp(-0.6931471805599453 * (k - 2))
                    self.stock[row] = FLOAT(
                        float(self.stock[row]) + trust * (1.0 + discount * rules.discount) * weight
                    )  # fmt: skip
                self.seen[row] = times
            mood = draws.exp(rules.attitude * float(attitude[row]))
            more = rules.hazard * days * (1.0 + rules.effect * float(self.stock[row])) * mood
            self.hazard[row] = FLOAT(float(self.hazard[row]) + more)
            if self.hazard[row] >= self.threshold[row]:
                self.ordered.append(row)
                if times:
                    self.first[watch["first_by"][row]] += 1
                    self.last[watch["last_by"][row]] += 1
        return len(self.ordered) - before
