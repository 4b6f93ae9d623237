# SPDX-License-Identifier: MIT
"""The command `ringfence`: options, what goes into the guest, what comes out."""
