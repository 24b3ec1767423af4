# SPDX-License-Identifier: Apache-2.0
"""A plugin killed at any system call leaves nothing that the next call cannot remove."""

import random
from collections import Counter
from dataclasses import replace
from multiprocessing.pool import ThreadPool

import pytest

from plugin import CHANGING, Point
from scenes import Scene
from world import World, settled


def add_again(scene, world):
    """The next ADD succeeds and leads where an undisturbed one does."""
    answer = scene.plugin.call("ADD")
    return answer.faults or ([str(answer)] if answer.status else scene.unlike_added(world))


def then_delete(scene, world):
    faults = ended(scene, scene.plugin.call("DEL"), world)
    return faults + add_again(scene, world)


def then_add(scene, world):
    """ADD may be refused if the interface already exists; DEL then removes it."""
    answer = scene.plugin.call("ADD")
    if answer.status == 0:
        return answer.faults or scene.unlike_added(world)
    return answer.faults + then_delete(scene, world)


def then_collect(scene, world):
    """GC cleans up the node, and also the pod by removing the host end of its link."""
    answer = scene.plugin.call("GC", **{"cni.dev/valid-attachments": []})
    if scene.recipe.plugin == "masquerade":
        world.drop_pods()
    # host-local's own GC does nothing.
    return [fault for fault in ended(scene, answer, world) if "/networks/net/" not in fault]


def then_vanish(scene, world):
    world.drop_pods()
    return ended(scene, scene.plugin.call("DEL"), world)


def ended(scene, answer, world):
    faults = answer.faults + ([str(answer)] if answer.status else [])
    return faults + scene.left_over(world)


WAYS = [then_delete, then_add, then_collect, then_vanish]


@pytest.mark.parametrize("after", WAYS)
@pytest.mark.parametrize("command", ["ADD", "DEL"])
def test_killed(scene, command, after, chosen, findings):
    points = [point for point in scene.points(command) if point.call in CHANGING]
    deaths = 0
    # Together the ways try every point of a rich scene once.
    points = chosen(points, len(WAYS) * (1 if scene.recipe.is_rich else 3), WAYS.index(after))
    for point in points:
        world = scene.world(attached=command == "DEL")
        try:
            deaths += scene.plugin.killed(command, point)
            findings.add(point, after(scene, world), after.__name__)
        finally:
            world.close()
    # Some calls depend on time: a lock that was free, an answer that had come.
    assert deaths >= len(points) * 0.9, (
        f"only {deaths} were killed of {Counter(point.call for point in points)}")
    findings.verdict(points)


CROWD = 32


def test_crowd(scene, plugin, request, findings):
    """Many at once, each killed anywhere or nowhere; once all are deleted, nothing is left."""
    seed = request.config.option.seed
    chance = random.Random(f"{seed} {request.node.name}")
    if scene.recipe.configuration.get("ipam"):
        scene = Scene(scene.name, plugin, ipam={"type": "host-local", "subnet": "10.89.0.0/16"})
    moments = {}
    for command in ("ADD", "DEL"):
        moments[command] = [point for point in scene.points(command) if point.call in CHANGING]
    for number in range(7 if request.config.option.thorough else 1):
        names = tuple(f"pod{number}" for number in range(CROWD))
        fates = {name: [(command, chance.choice([None, *moments[command]]))
                        for command in ("ADD", "DEL", "ADD", "DEL")] for name in names}
        world = World(scene.recipe.given, names)
        try:
            before = world.state()
            with ThreadPool(CROWD) as pool:
                answers = pool.starmap(live, [(replace(scene.plugin, pod=name), fates[name])
                                              for name in names])
            clean, _, after = scene.states
            allowed = before | {line for line in after if line.startswith("host: ")}
            required = before & after | {line for line in before if not line.startswith("host: ")}
            state = settled(world.state, lambda now: required <= now <= allowed)
            faults = [fault for name, told in zip(names, answers) for fault in told]
            findings.add(Point("crowd", number, f"seed {seed}"),
                         faults + scene.unexpected(required, allowed, state), "all deleted")
        finally:
            world.close()
    findings.verdict(range(CROWD))


def live(plugin, fate):
    """One pod's life; its last DEL is undisturbed and must succeed."""
    faults = []
    for command, point in fate:
        if point:
            plugin.killed(command, point)
        else:
            faults += plugin.call(command).faults
    answer = plugin.call("DEL")
    return faults + answer.faults + ([f"{plugin.pod}: {answer}"] if answer.status else [])
