`default_nettype none

// One's complement sums of 16-bit words (RFC 1071) without waiting for carries.
package checksum_pkg;

  // How many words are left when each level made three of six.
  function automatic int unsigned words_left(input int unsigned words, input int unsigned levels);
    int unsigned count;
    count = words;
    for (int unsigned l = 0; l < levels; l++) begin
      // Three words become two, four or five become three.
      count = 3 * (count / 6) + count % 6 - (count % 6) / 3 - (count % 6) / 5;
    end
    return count;
  endfunction

  // Three words with the sum of six: in each column the bits are counted, and the count's digits
  // go to columns of their weight, around the end. Each is a function of six bits.
  function automatic logic [2:0][15:0] compress(input logic [5:0][15:0] words);
    logic [15:0] low_sum, low_carry, high_sum, high_carry, carry, twos, fours;
    low_sum = words[0] ^ words[1] ^ words[2];
    low_carry = (words[0] & words[1]) | (words[0] & words[2]) | (words[1] & words[2]);
    high_sum = words[3] ^ words[4] ^ words[5];
    high_carry = (words[3] & words[4]) | (words[3] & words[5]) | (words[4] & words[5]);
    carry = low_sum & high_sum;
    twos = low_carry ^ high_carry ^ carry;
    fours = (low_carry & high_carry) | (low_carry & carry) | (high_carry & carry);
    return {{fours[13:0], fours[15:14]}, {twos[14:0], twos[15]}, low_sum ^ high_sum};
  endfunction

endpackage

`default_nettype wire
