"""What a bill of one workload says, by name: quantities, findings, and what they compare."""

from pricing.engine import Bill, Check


def quantities(priced: Bill) -> dict[str, float]:
    """Return the quantities that are not zero, by meter."""
    return {line.rate.name: float(line.quantity[0]) for line in priced.lines if line.quantity.any()}


def applying(priced: Bill) -> set[str]:
    """Return the rules that apply."""
    return {check.rule for check in priced.checks if check.applies.any()}


def told(priced: Bill) -> dict[str, float]:
    """Return the findings that are exceeded or need attention, with their values."""
    return {
        check.rule: float(check.value[0])
        for check in priced.checks
        if (check.applies & check.over).any()
    }


def over(priced: Bill) -> set[str]:
    """Return the rules that are exceeded or need attention."""
    return set(told(priced))


def check(priced: Bill, rule: str) -> Check:
    """Return what a rule compares."""
    (found,) = (check for check in priced.checks if check.rule == rule)
    return found


def value(priced: Bill, rule: str) -> float:
    """Return the value that a rule compares."""
    return float(check(priced, rule).value[0])
