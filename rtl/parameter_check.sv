`default_nettype none

// Refuses parameters of the card that it is not built for, at elaboration, with a sentence each. No
// logic. Every parameter of the top stands here, and what two of them have to do with one another.
module parameter_check
  import frame_pkg::*;
  import hash_pkg::*;
  import table_pkg::*;
  import flow_pkg::*;
#(
  parameter int unsigned Ports = 8,
  parameter int unsigned Engines = 1,
  parameter int unsigned Services = 64,
  parameter int unsigned BucketsLog2 = 17,
  parameter int unsigned Servers = 1024,
  parameter int unsigned Routers = 64,
  parameter int unsigned FdbSetsLog2 = 11,
  parameter int unsigned FlowsLog2 = 16,
  parameter int unsigned QueueBeats = 512,
  parameter int unsigned ClockKhz = 322266,
  parameter string BucketStyle = "ultra",
  parameter string FlowStyle = "ultra",
  parameter string MemberStyle = "block"
) ();

  if (Ports < 2 || Ports > 8) begin : gen_ports
    $fatal(1, "flowswitch: Ports is %0d: it must be 2 to 8", Ports);
  end
  if (Engines != 1 && Engines != Ports) begin : gen_engines
    $fatal(1, "flowswitch: Engines is %0d: it must be 1 or Ports, which is %0d", Engines, Ports);
  end
  if (Services < 1 || Services > 64) begin : gen_services
    $fatal(1, "flowswitch: Services is %0d: it must be 1 to 64", Services);
  end
  if (BucketsLog2 < 4 || BucketsLog2 > FlowHashW) begin : gen_buckets
    $fatal(1, "flowswitch: BucketsLog2 is %0d: it must be 4 to %0d, the bits of the hash",
           BucketsLog2, FlowHashW);
  end
  if (Servers < 2 || Servers > int'(FirstRouter) || 2 ** $clog2(Servers) != Servers)
  begin : gen_servers
    $fatal(1, "flowswitch: Servers is %0d: it must be a power of two, 2 to 1024", Servers);
  end
  if (Routers < 1 || Routers > 64 || 2 ** $clog2(Routers) != Routers) begin : gen_routers
    $fatal(1, "flowswitch: Routers is %0d: it must be a power of two, 1 to 64", Routers);
  end
  if (FdbSetsLog2 < 4 || FdbSetsLog2 > 16) begin : gen_fdb
    $fatal(1, "flowswitch: FdbSetsLog2 is %0d: it must be 4 to 16", FdbSetsLog2);
  end
  if (FlowsLog2 < 12 || FlowsLog2 > FlowRowBits + 4) begin : gen_flows
    $fatal(1, "flowswitch: FlowsLog2 is %0d: it must be 12 to %0d", FlowsLog2, FlowRowBits + 4);
  end
  // The longest frame of the host's must find room beside what announcements need.
  if (QueueBeats < MaxBeats + SpareBeats || QueueBeats > 16384) begin : gen_queues
    $fatal(1, "flowswitch: QueueBeats is %0d: it must be %0d, for the longest frame, to 16384",
           QueueBeats, MaxBeats + SpareBeats);
  end
  if (ClockKhz < 1) begin : gen_clock
    $fatal(1, "flowswitch: ClockKhz is 0: it must be the core clock, in kHz");
  end
  if (BucketStyle != "ultra" && BucketStyle != "block") begin : gen_bucket_style
    $fatal(1, "flowswitch: BucketStyle is %s: it must be ultra or block", BucketStyle);
  end
  if (FlowStyle != "ultra" && FlowStyle != "block") begin : gen_flow_style
    $fatal(1, "flowswitch: FlowStyle is %s: it must be ultra or block", FlowStyle);
  end
  if (MemberStyle != "ultra" && MemberStyle != "block") begin : gen_member_style
    $fatal(1, "flowswitch: MemberStyle is %s: it must be ultra or block", MemberStyle);
  end

endmodule

`default_nettype wire
