"""Compiled code: arrays in, arrays out; no files, no objects, no global generator."""
