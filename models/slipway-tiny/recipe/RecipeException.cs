namespace Slipway.Recipe;

/// <summary>Something in the world's files or the arguments is wrong; the message says what.</summary>
internal sealed class RecipeException(string message, Exception? inner = null) : Exception(message, inner);
