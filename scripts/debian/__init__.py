# SPDX-License-Identifier: MIT
"""Downloads from Debian's archive."""
