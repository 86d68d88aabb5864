const MINOR_BITS = 20n;
const MINOR_MASK = (1n << MINOR_BITS) - 1n;

/** A device's number as the C library's `makedev` makes it, and `mknod` takes it. */
export function makedev(major: bigint, minor: bigint): bigint {
  return (
    (minor & 0xffn) |
    ((major & 0xfffn) << 8n) |
    ((minor & ~0xffn) << 12n) |
    ((major & ~0xfffn) << 32n)
  );
}

/**
 * A device's number as CephFS keeps it, and libcephfs tells it: its clients, the kernel's and ceph-fuse, store
 * the number as the kernel has it, with the minor part in the low 20 bits.
 */
export function fromCephDevice(rdev: bigint): bigint {
  return makedev(rdev >> MINOR_BITS, rdev & MINOR_MASK);
}

/** The reverse of {@link fromCephDevice}. */
export function toCephDevice(rdev: bigint): bigint {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & ~0xffn & 0xffff_ffffn);
  return (major << MINOR_BITS) | (minor & MINOR_MASK);
}
