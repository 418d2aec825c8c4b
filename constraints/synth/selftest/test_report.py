"""Maps `fixture.sv` and compares what the report finds with what is in it.

usage: test_report.py
"""

import contextlib
import io
import math
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import levels  # noqa: E402
import loads  # noqa: E402
import memories  # noqa: E402
import netlist  # noqa: E402
import report  # noqa: E402

PORTS = 3
CARD = "p3e1"


class Fixture(unittest.TestCase):
    """One mapping, many questions."""

    @classmethod
    def setUpClass(cls) -> None:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "fixture.json"
            flow = [sys.executable, str(HERE.parent / "yosys_flow.py"), str(HERE / "fixture.f")]
            flow += ["fixture", str(source), "leaf", f"Ports={PORTS}"]
            done = subprocess.run(flow, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
            cls.mapped_leaves = source.read_text().count('"leaf$')
            cls.core = netlist.load(source, "fixture")
        cls.worst = levels.Levels(cls.core).worst()
        cls.memories = memories.inventory(cls.core)

    def test_equal_instances_are_mapped_once_and_counted_each(self) -> None:
        blocks = [block.module for block in self.core.blocks]
        self.assertEqual(blocks.count("leaf"), PORTS)
        self.assertEqual(len({c.type for c in self.core.cells if c.type.startswith("leaf")}), 0)
        # One definition and a use of it in each of the instances.
        self.assertEqual(self.mapped_leaves, 1 + PORTS)

    def test_latch_is_found(self) -> None:
        self.assertEqual(len(report.latches(self.core)), 1)

    def test_levels_of_a_16_bit_and(self) -> None:
        path = self.worst[("leaf", "clk", "clk")]
        self.assertEqual(path.levels, 2)
        self.assertEqual(path.carries, 0)
        self.assertRegex(path.start, r"^gen_leaf\[\d\]\.u_leaf\.bits_q\[\d+\]$")
        self.assertRegex(path.end, r"^(gen_leaf\[\d\]\.u_leaf\.)?all_q(\[\d\])?$")

    def test_crossing_is_told_apart(self) -> None:
        self.assertEqual(self.worst[("fixture", "clk", "other_clk")].levels, 1)
        self.assertNotIn(("fixture", "other_clk", "clk"), self.worst)

    def test_memories_by_kind_and_name(self) -> None:
        kinds = {memory.name: (memory.kind, memory.instances) for memory in self.memories}
        self.assertEqual(kinds["gen_leaf[*].u_leaf.wide"], ("block", PORTS))
        self.assertEqual(kinds["gen_leaf[*].u_leaf.narrow"], ("distributed", PORTS))
        self.assertEqual(len(kinds), 2)

    def test_memory_expectations(self) -> None:
        table = [
            {"name": m.name, "kind": m.kind, "primitives": {CARD: sum(m.primitives.values())}}
            for m in self.memories
        ]
        self.assertEqual(memories.compare(self.memories, table, CARD), [])
        wrong = [{**table[0], "kind": "ultra"}, table[1]]
        self.assertIn("not ultra", memories.compare(self.memories, wrong, CARD)[0])
        fewer = [{**table[0], "primitives": {CARD: 1}}, table[1]]
        self.assertIn("not 1", memories.compare(self.memories, fewer, CARD)[0])
        self.assertIn("not in", memories.compare(self.memories, table[:1], CARD)[0])
        more = [*table, {"name": "gone", "kind": "block", "primitives": {CARD: 1}}]
        self.assertIn("missing", memories.compare(self.memories, more, CARD)[0])
        # Of a card that is not counted kinds alone are told.
        self.assertEqual(memories.compare(self.memories, [*more[:1], *more[2:]], "p8e1"), [])
        self.assertIn("not ultra", memories.compare(self.memories, wrong, "p8e1")[0])

    def test_replicas_stay_apart_and_loads_are_sorted(self) -> None:
        nets = {net.name: net for net in loads.widest(self.core, 2)}
        replicas = [net for name, net in nets.items() if "enable" in name and net.enable]
        self.assertEqual(len([n for n in replicas if n.enable < 60]), PORTS)
        for replica in replicas:
            self.assertGreaterEqual(replica.enable, 2)
            self.assertEqual(replica.reset, 0)

    # As in allow.toml.
    ALLOW = {
        "levels": 5,
        "frame_levels": 4,
        "frame_blocks": ["f"],
        "csr_levels": 8,
        "csr_clock": "csr_clk",
        "crossing_levels": 1,
        "loads": 256,
        "resets": ["rst_q"],
        "path": [
            {"block": "b", "from": "clk", "to": "clk", "levels": 6},
            {"block": "b", "from": "csr_clk", "to": "csr_clk", "levels": 9},
        ],
        "net": [{"name": "a[*].rst", "loads": 900}],
    }

    def test_goals_and_allowances(self) -> None:
        def limit(*path: str) -> int:
            return report.level_limit(self.ALLOW, *path)

        self.assertEqual(limit("b", "clk", "clk"), 6)
        self.assertEqual(limit("b", "csr_clk", "csr_clk"), 9)
        self.assertEqual(limit("c", "clk", "clk"), 5)
        self.assertEqual(limit("c", "input", "clk"), 5)
        self.assertEqual(limit("c", "clk", "output"), 5)
        self.assertEqual(limit("f", "clk", "clk"), 4)
        self.assertEqual(limit("f", "input", "clk"), 4)
        self.assertEqual(limit("c", "clk", "csr_clk"), 1)
        self.assertEqual(limit("f", "csr_clk", "clk"), 1)
        self.assertEqual(limit("c", "csr_clk", "csr_clk"), 8)
        self.assertEqual(limit("c", "input", "csr_clk"), 8)
        self.assertEqual(limit("c", "csr_clk", "output"), 8)
        self.assertEqual(report.load_limit(self.ALLOW, "a[3].rst"), 900)
        self.assertEqual(report.load_limit(self.ALLOW, "a[3].rst2"), 256)
        self.assertEqual(report.load_limit(self.ALLOW, "rst_q"), math.inf)

    def test_what_is_reached(self) -> None:
        def path(count: int) -> levels.Path:
            return levels.Path(count, 0, "", "", [])

        worst = {
            ("b", "clk", "clk"): path(6),
            ("f", "clk", "clk"): path(3),
            ("f", "input", "clk"): path(5),
            ("b", "csr_clk", "csr_clk"): path(9),
            ("b", "csr_clk", "clk"): path(7),
        }
        figures = {"levels_core_max": 6, "levels_frame_max": 5, "allowances_core": 2}
        self.assertEqual(report.reached(worst, self.ALLOW), figures)
        # What the fixture has, within its goals and above them.
        silent = io.StringIO()
        goals = {**self.ALLOW, "frame_blocks": ["leaf"], "frame_levels": 2, "path": [], "net": []}
        with contextlib.redirect_stdout(silent):
            self.assertEqual(report.judge_levels(self.worst, goals), [])
            faults = report.judge_levels(self.worst, {**goals, "frame_levels": 1})
        self.assertEqual(faults, ["leaf, clk to clk: 2 levels, 1 allowed"])
        figures = {"levels_core_max": 2, "levels_frame_max": 2, "allowances_core": 0}
        self.assertEqual(report.reached(self.worst, goals), figures)


if __name__ == "__main__":
    unittest.main()
