# SPDX-License-Identifier: MIT
"""What is taken from Debian's archive."""
