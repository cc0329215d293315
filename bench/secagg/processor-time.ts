/** Seconds of processor time of this process, all threads; and of the clock. */
export type Time = { cpu: number; wall: number }

export const noTime: Time = { cpu: 0, wall: 0 }

/** Runs something and adds what it took. */
export async function timed<T>(act: () => T | Promise<T>, add: (time: Time) => void): Promise<T> {
  const [cpu, wall] = [process.cpuUsage(), performance.now()]
  const result = await act()
  const { user, system } = process.cpuUsage(cpu)
  add({ cpu: (user + system) / 1e6, wall: (performance.now() - wall) / 1000 })
  return result
}

export function sumOf(a: Time, b: Time): Time {
  return { cpu: a.cpu + b.cpu, wall: a.wall + b.wall }
}
