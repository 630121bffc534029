"""What is wrong with a wrong answer, lesson by lesson.

One module for each lesson that has much to say about it; lesson 04 has one for each subject.
"""
