import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { LinkedList, type Place } from "../../../lib/base/linked_list.ts";

Deno.test("LinkedList holds what an array would hold, whatever comes and goes", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: -8, max: 20 })), (moves) => {
    const list = new LinkedList<number>(), array: number[] = [], places: Place<number>[] = [];
    for (const [number, move] of moves.entries()) {
      if (move >= 0) {
        places.push(list.add(number));
        array.push(number);
      } else {
        // Any of those that ever came, also one that has left.
        const place = places.at(move);
        if (place === undefined) continue;
        const at = array.indexOf(place.item);
        assertEquals(list.delete(place), at !== -1);
        if (at !== -1) array.splice(at, 1);
      }
      assertEquals([list.items(), list.size, list.first?.item], [array, array.length, array[0]]);
    }
  }));
});

Deno.test("LinkedList.delete() leaves another list's items alone", () => {
  const one = new LinkedList<string>(), other = new LinkedList<string>();
  const place = one.add("here");
  assertEquals(other.delete(place), false);
  assertEquals(one.items(), ["here"]);
});
