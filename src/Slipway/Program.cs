using System.CommandLine;
using System.Text;
using Slipway.Commands;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
var root = new RootCommand("Slipway builds, launches and serves language models on your own machines.")
{
    ServeCommand.Create(),
    ChatCommand.Create(),
    RunCommand.Create(),
    TrainCommand.Create(),
    EvaluateCommand.Create(),
    ProjectsCommand.Create(),
    RunsCommand.Create(),
    DatasetsCommand.Create(),
    DeploymentsCommand.Create(),
    DeployCommand.Create(),
    ModelsCommand.Create(),
    PullCommand.Create(),
    ConfigsCommand.Create(),
    KeysCommand.Create(),
    BackupCommand.Create(),
    BenchCommand.Create(),
    InspectCommand.Create(),
    ConvertCommand.Create(),
    QuantizeCommand.Create(),
    TokenizeCommand.Create(),
    RenderCommand.Create(),
};
return await CommandLine.InvokeAsync(root, args);
