# SPDX-License-Identifier: Apache-2.0
"""A failing system call makes a plugin fail completely, or not at all."""

import re

import pytest

from plugin import ANSWERS, failing

# Calls without which nothing can be undone: memory, and the return from the pod's namespace.
_INDISPENSABLE = ("mmap", "mremap", "setns")


@pytest.mark.parametrize("command", ["ADD", "DEL", "CHECK", "GC", "STATUS"])
def test_failing(scene, command, chosen, findings, request):
    options = request.config.option
    points = failing(scene.points(command), ANSWERS if options.thorough or options.at else ())
    reached = 0
    points = chosen(points, 20 if scene.recipe.is_rich else 40)
    for point in points:
        world = scene.world(attached=command != "ADD")
        try:
            answer = scene.plugin.failed(command, point, **scene.extra(command))
            reached += answer.was_reached
            what = f"{command} {answer}"
            if point.failure == "FOREIGN" and answer.status:
                findings.add(point, ["what a stranger says is believed"], what)
            findings.add(point, answer.faults + differences(scene, world, command, point, answer), what)
            again = scene.plugin.call("DEL")
            faults = again.faults + ([str(again)] if again.status else [])
            faults += unexcused(scene.left_over(world), answer if command == "ADD" else again)
            findings.add(point, faults, f"DEL after {what}")
        finally:
            world.close()
    assert reached >= len(points) * 0.9, f"only {reached} of {len(points)} were reached"
    findings.verdict(points)


def differences(scene, world, command, point, answer):
    """Returns the differences between a reply and the resulting state."""
    if command in ("CHECK", "STATUS"):
        # What could not be read is not what differs.
        lie = [str(answer)] if "found by CHECK" in answer.output else []
        return lie + scene.unlike_added(world)
    if command == "GC":
        return collected(scene, world) if answer.status == 0 else []
    if command == "ADD" and answer.status == 0:
        return unexcused(scene.unlike_added(world), answer)
    if command == "DEL" and answer.status == 0:
        return unexcused(scene.left_over(world), answer)
    if command == "DEL" or ("plugin crashed" in answer.output and point.call in _INDISPENSABLE):
        return []
    return scene.left_over(world, may_keep=False)


def collected(scene, world):
    """Returns the leftovers of a successful GC; some of them disappear with the pod."""
    if scene.recipe.plugin == "masquerade":
        world.drop_pods()
    # host-local's own GC does nothing.
    return [fault for fault in scene.left_over(world) if "/networks/net/" not in fault]


def unexcused(faults, answer):
    """Drops settings a plugin reports on standard error as not restored, and their record."""
    ignored = " ".join(line for line in answer.errors.splitlines() if ", ignoring" in line)
    return [fault for fault in faults if not (
        re.sub(r".*/| = .*", "", fault) in ignored if " setting " in fault
        else "sysctl" in ignored and ": rule table inet masquerade_" in fault)]
