"""Decides when killmails of the simulated feed are published."""

import json
import re

from outside_proxy import OutsideProxy


class FeedGate(OutsideProxy):
    """A feed that has no number beyond `last`, until that is raised; everything else is as the simulator says."""

    def __init__(self, simulator, last):
        super().__init__(simulator)
        self.last = last
        self.asked = 0

    @property
    def variables(self):
        """What points battlescope at it."""
        return {"R2Z2_URL": f"{self.url}/r2z2"}

    def answer(self, path, body, headers):
        self.asked += 1
        number = re.fullmatch(r"/r2z2/ephemeral/([0-9]+)\.json", path)
        if number and int(number[1]) > self.last:
            return 404, "application/json", b"{}"
        status, content_type, answer = self.forward(path, body, headers)
        if status == 200 and path.endswith("/sequence.json"):
            content = json.loads(answer)
            answer = json.dumps(content | {"sequence": min(content["sequence"], self.last)}).encode()
        return status, content_type, answer
