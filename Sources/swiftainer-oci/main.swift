import Runtime
print("todo")
