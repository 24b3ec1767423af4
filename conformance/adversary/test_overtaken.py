# SPDX-License-Identifier: Apache-2.0
"""Two concurrent DELs of one attachment: what the other has removed is already gone."""

import time
from multiprocessing.pool import ThreadPool

from test_kill import ended

# Seconds for which one of them stands still; the other is done before they are over.
PAUSE = 0.8


def test_overtaken(scene, chosen, findings):
    points = [point for point in scene.points("DEL") if point.call in ("sendto", "sendmsg")]
    points = chosen(points, 1 if scene.name == "plain" else 8)
    for point in points:
        world = scene.world(attached=True)
        try:
            with ThreadPool(1) as pool:
                pause = f"inject={point.call}:delay_enter={int(PAUSE * 1e6)}:when={point.number}"
                slow = pool.apply_async(scene.plugin.call, ("DEL",), {"strace": ("-e", pause)})
                time.sleep(PAUSE / 2)
                fast = scene.plugin.call("DEL")
                findings.add(point, fast.faults + ([str(fast)] if fast.status else []),
                             "the DEL that overtakes")
                findings.add(point, ended(scene, slow.get(), world), "the DEL that is overtaken")
        finally:
            world.close()
    findings.verdict(points)
