// Loaded before a measured process's own script: tells its parent, when asked, what it has used so far.
export type Usage = { peakBytes: number; cpuMs: number };

process.on('message', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  process.send?.({ peakBytes: maxRSS * 1024, cpuMs: (userCPUTime + systemCPUTime) / 1000 } satisfies Usage);
});
// The channel is no reason to stay alive, but a benchmark that was broken off must leave nothing behind.
process.channel?.unref();
process.on('disconnect', () => process.exit(1));
