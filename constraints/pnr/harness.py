"""Maps one block for Artix-7 within a harness of three pins, as JSON for nextpnr.

usage: harness.py FILELIST BLOCK OUTPUT.json [NAME=VALUE ...]

Every input bit of the block comes from a register of its own, all of them one shift register; every output bit goes
into one, and from there into another shift register. So each path of the block begins and ends in a register, and
`input_NAME` and `output_NAME` in a report are the block's own ports.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "synth"))

from yosys_flow import LUTS, READ, Flow  # noqa: E402

MAP = "synth_xilinx -family xc7 -flatten -noiopad -noclkbuf -nosrl -nowidelut -nodsp -top harness"

HARNESS = """
module harness (input clk, input into, output out);
  wire clock_pin, clock, into_pin, out_pin;
  IBUF clock_input (.I(clk), .O(clock_pin));
  BUFG clock_buffer (.I(clock_pin), .O(clock));
  IBUF into_input (.I(into), .O(into_pin));
  OBUF out_output (.I(out_pin), .O(out));

{declarations}
  (* keep *) reg [{outputs}-1:0] shifted;
  assign out_pin = shifted[{outputs}-1];
  always @(posedge clock) begin
    {{{given}}} <= {{{given}, into_pin}};
    {{{taken}}} <= {{{results}}};
    shifted <= {{{taken}}} ^ {{shifted, 1'b0}};
  end

  {block} block ({connections});
endmodule
"""


def harness(block: str, ports: dict) -> str:
    """A harness for a block with these ports, as Yosys tells them."""
    connections, declarations, given, results = [], [], [], []
    outputs = 0
    for name, port in ports.items():
        width = len(port["bits"])
        register = f"  (* keep *) reg [{width}-1:0] "
        if port["direction"] == "output":
            connections.append(f".{name}(result_{name})")
            declarations.append(f"  wire [{width}-1:0] result_{name};")
            declarations.append(f"{register}output_{name};")
            results.append(name)
            outputs += width
        elif name == "clk" or name.endswith("_clk"):
            connections.append(f".{name}(clock)")
        else:
            connections.append(f".{name}(input_{name})")
            declarations.append(f"{register}input_{name};")
            given.append(name)
    return HARNESS.format(
        block=block,
        declarations="\n".join(declarations),
        given=", ".join(f"input_{name}" for name in given),
        taken=", ".join(f"output_{name}" for name in results),
        results=", ".join(f"result_{name}" for name in results),
        outputs=outputs,
        connections=", ".join(connections),
    )


def main() -> int:
    if len(sys.argv) < 4:
        print(__doc__, file=sys.stderr)
        return 2
    filelist, block, output, *parameters = sys.argv[1:]
    flow = Flow()
    overrides = "".join(f" -G {p}" for p in parameters)
    flow.run(f"{READ} -F {filelist} --top {block}{overrides}")
    flow.run(f"hierarchy -check -top {block}")
    flow.run("proc")
    flow.run(f"write_json {output}")
    ports = json.loads(Path(output).read_text())["modules"][block]["ports"]
    source = Path(output).with_suffix(".v")
    source.write_text(harness(block, ports))
    flow.run(f"read_verilog {source}")
    flow.run("hierarchy -top harness")
    flow.run("proc")
    flow.run("opt_expr -mux_undef")
    # Registers that the RTL replicates must not be merged again.
    flow.run("select -set replicas w:* a:keep %i %ci1:+[Q] c:* %i")
    flow.run("setattr -set keep 1 @replicas")
    for step in ("begin:coarse", "coarse:map_memory", "map_memory:fine", "fine:map_luts"):
        flow.run(f"{MAP} -run {step}")
    flow.run("opt_expr -mux_undef -noclkinv")
    flow.run(f"abc -lut 6 -script {LUTS}")
    flow.run("techmap -D LUT_WIDTH=6 -map +/xilinx/lut_map.v -map +/xilinx/cells_map.v")
    flow.run("opt_clean")
    flow.run("blackbox =A:whitebox")
    flow.run("hierarchy -check -top harness")
    flow.run("stat")
    flow.run(f"write_json {output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
