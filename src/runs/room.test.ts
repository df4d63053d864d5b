import { type Leave, Room } from './room.ts';

function roomOf(places: number) {
  const clock = { time: 1_000, now: () => clock.time };
  const room = new Room(places, clock);
  return { clock, room };
}
const entered = async (room: Room): Promise<Leave> => {
  const leave = await room.enter();
  if (typeof leave === 'number') throw new Error(`come back at ${leave}`);
  return leave;
};
/** How much later than now those that find no place are to come back. */
const comeBacks = async ({ room, clock }: ReturnType<typeof roomOf>, count: number) => {
  const answers = await Promise.all(Array.from({ length: count }, () => room.enter()));
  return answers.map(answer => (typeof answer === 'number' ? answer - clock.time : 'inside'));
};

test('places go to those who came first', async () => {
  const { room } = roomOf(1);
  const order: string[] = [];
  const first = await entered(room);
  const one = async (name: string) => {
    const leave = await entered(room);
    order.push(name);
    leave();
  };
  const second = one('second');
  first();
  await second;
  await one('third');
  expect(order).toEqual(['second', 'third']);
});

test('who finds the line full comes back one after the other, at the pace at which places come free', async () => {
  const scene = roomOf(2);
  await Promise.all([entered(scene.room), entered(scene.room)]);
  const line = [scene.room.enter(), scene.room.enter()];
  expect(await comeBacks(scene, 3)).toEqual([100, 150, 200]);
  scene.clock.time += 60;
  expect(await comeBacks(scene, 1)).toEqual([190]);
  // Nobody left: who stood in line comes back, too.
  expect(await Promise.all(line)).toEqual([1_300, 1_350]);
});

test.each([
  ['longer where calls take longer', 'called' as const, 'longer'],
  ['as long as before where a place was not used', 'unused' as const, 'the same'],
])('who finds the line full waits %s', async (_what, how, expected) => {
  const scene = roomOf(1);
  const leave = await entered(scene.room);
  scene.clock.time += 900;
  leave(how);
  await entered(scene.room);
  void scene.room.enter();
  expect(await comeBacks(scene, 2)).toEqual(expected === 'longer' ? [250, 450] : [150, 250]);
});

test('nobody is sent away for more than half a minute', async () => {
  const scene = roomOf(1);
  await entered(scene.room);
  void scene.room.enter();
  const waits = await comeBacks(scene, 1_000);
  expect(waits.at(-1)).toBe(30_000);
});

test('without a limit everybody enters', async () => {
  const scene = roomOf(Number.POSITIVE_INFINITY);
  expect(await comeBacks(scene, 3)).toEqual(['inside', 'inside', 'inside']);
});
