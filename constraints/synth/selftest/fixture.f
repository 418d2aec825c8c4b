fixture.sv
