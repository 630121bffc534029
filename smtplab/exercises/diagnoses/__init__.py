"""What is wrong with a wrong answer: a module for each lesson, or for each subject of a lesson."""
