"""What is told of a job: how it ended, why it failed, and jobs and waits that are given up."""
