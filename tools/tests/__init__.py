"""Tests of the checkers: each must fail on a bad sample and stay quiet on a good one."""
