# SPDX-License-Identifier: MIT
"""The command `ringfence`: its options, the files it puts into the guest, and the output and
status it returns."""
