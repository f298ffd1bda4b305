from simulations.command import main

main()
