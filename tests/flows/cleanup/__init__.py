"""Tests of the cleanup flow without a browser."""
