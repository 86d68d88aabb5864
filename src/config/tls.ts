import { z } from 'zod';
import { field } from './field.ts';
import { absolutePath } from './names.ts';

/** The files by which this side of a push and the other one know each other. */
export const Tls = z
  .strictObject({
    ca: field(
      absolutePath,
      "Certificate of the authority that has signed the other side's certificate (PEM).",
    ),
    cert: field(absolutePath, 'Certificate of this side (PEM).'),
    key: field(absolutePath, 'Its key (PEM), without a password.'),
    crl: field(
      absolutePath,
      'List of the certificates that the authority has revoked (PEM); by default none is.',
    ).optional(),
  })
  .readonly();
export type Tls = z.infer<typeof Tls>;
