import { assert, assertEquals } from "@std/assert";
import { giveRoom, LARGEST_DATAGRAM, takeRoom } from "../../../lib/stream/rooms.ts";

Deno.test("takeRoom() gives nobody what another one has", () => {
  const rooms = Array.from({ length: 200 }, () => takeRoom());
  for (const [i, room] of rooms.entries()) room.fill(i);
  for (const [i, room] of rooms.entries()) {
    assertEquals(room.length, LARGEST_DATAGRAM);
    assert(room.every((octet) => octet === i));
  }
});

Deno.test("takeRoom() gives the room that was given back last, and a larger one where a datagram needs it", () => {
  const room = takeRoom();
  giveRoom(room);
  assert(takeRoom() === room);
  const large = takeRoom(LARGEST_DATAGRAM + 1);
  assertEquals(large.length, LARGEST_DATAGRAM + 1);
  giveRoom(large);
  assert(takeRoom() !== large);
});
