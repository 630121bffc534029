"""What is wrong with a wrong answer: one module for each lesson that has much to say about it."""
