"""Maps `fixture.sv` and compares what the report finds with what is in it.

usage: test_report.py
"""

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
            {"name": m.name, "kind": m.kind, "primitives": {"3": sum(m.primitives.values())}}
            for m in self.memories
        ]
        self.assertEqual(memories.compare(self.memories, table, PORTS), [])
        wrong = [{**table[0], "kind": "ultra"}, table[1]]
        self.assertIn("not ultra", memories.compare(self.memories, wrong, PORTS)[0])
        fewer = [{**table[0], "primitives": {"3": 1}}, table[1]]
        self.assertIn("not 1", memories.compare(self.memories, fewer, PORTS)[0])
        self.assertIn("not in", memories.compare(self.memories, table[:1], PORTS)[0])
        more = [*table, {"name": "gone", "kind": "block", "primitives": {"3": 1}}]
        self.assertIn("missing", memories.compare(self.memories, more, PORTS)[0])

    def test_replicas_stay_apart_and_loads_are_sorted(self) -> None:
        nets = {net.name: net for net in loads.widest(self.core, 2)}
        replicas = [net for name, net in nets.items() if "enable" in name and net.enable]
        self.assertEqual(len([n for n in replicas if n.enable < 60]), PORTS)
        for replica in replicas:
            self.assertGreaterEqual(replica.enable, 2)
            self.assertEqual(replica.reset, 0)

    def test_allowances(self) -> None:
        allow = {
            "levels": 4,
            "crossing_levels": 1,
            "loads": 256,
            "path": [{"block": "b", "from": "clk", "to": "clk", "levels": 6}],
            "net": [{"name": "a[*].rst", "loads": 900}],
        }
        self.assertEqual(report.level_limit(allow, "b", "clk", "clk"), 6)
        self.assertEqual(report.level_limit(allow, "c", "clk", "clk"), 4)
        self.assertEqual(report.level_limit(allow, "c", "clk", "csr_clk"), 1)
        self.assertEqual(report.level_limit(allow, "c", "input", "clk"), 4)
        self.assertEqual(report.load_limit(allow, "a[3].rst"), 900)
        self.assertEqual(report.load_limit(allow, "a[3].rst2"), 256)


if __name__ == "__main__":
    unittest.main()
