import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Place, Ring } from "../../../lib/base/ring.ts";

Deno.test("Ring holds what a list would hold, whatever comes and goes", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: -8, max: 20 })), (moves) => {
    const ring = new Ring<number>(), list: number[] = [], places: Place<number>[] = [];
    for (const [number, move] of moves.entries()) {
      if (move >= 0) {
        places.push(ring.add(number));
        list.push(number);
      } else {
        // Any of those that ever came, also one that has left.
        const place = places.at(move);
        if (place === undefined) continue;
        const at = list.indexOf(place.item);
        assertEquals(ring.delete(place), at !== -1);
        if (at !== -1) list.splice(at, 1);
      }
      assertEquals([ring.items(), ring.size, ring.first?.item], [list, list.length, list[0]]);
    }
  }));
});

Deno.test("Ring.delete() leaves another ring's items alone", () => {
  const one = new Ring<string>(), other = new Ring<string>();
  const place = one.add("here");
  assertEquals(other.delete(place), false);
  assertEquals(one.items(), ["here"]);
});
