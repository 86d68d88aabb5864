// The library looks for what it is wired with through this, and must find it loaded.
import 'reflect-metadata';

export * from '@peculiar/x509';
